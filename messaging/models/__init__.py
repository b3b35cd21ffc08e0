from messaging.models.messages import Attempt, Message, Receipt
from messaging.models.words import MessageTemplate, OptOut
from messaging.models.worklist import Task, TaskAttempt

__all__ = [
    "Attempt",
    "Message",
    "MessageTemplate",
    "OptOut",
    "Receipt",
    "Task",
    "TaskAttempt",
]
