"""How dates and times are said in the Spanish of the United States."""

DAY_FORMAT = r"l j \d\e F"
DATE_FORMAT = r"j \d\e F \d\e Y"
TIME_FORMAT = "g:i A"
