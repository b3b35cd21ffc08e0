"""How dates, times and numbers are said in American English."""

DAY_FORMAT = "l, F j"
MONTH_DAY_FORMAT = "F j"
DATE_FORMAT = "F j, Y"
SHORT_DATE_FORMAT = "m/d/Y"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%m/%d/%Y"]
TIME_FORMAT = "g:i A"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
FIRST_DAY_OF_WEEK = 0
