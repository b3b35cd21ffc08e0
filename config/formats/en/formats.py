"""How dates and times are said in American English."""

DAY_FORMAT = "l, F j"
DATE_FORMAT = "F j, Y"
TIME_FORMAT = "g:i A"
