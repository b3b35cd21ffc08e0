"""How dates, times and numbers are said in the Spanish of the United States.

Months and days come before the year and numbers have a decimal point, as on every other paper
that a patient gets here. AM and PM are as on American clocks: "a.m." would end many a sentence
with two points.
"""

DAY_FORMAT = r"l j \d\e F"
MONTH_DAY_FORMAT = r"j \d\e F"
DATE_FORMAT = r"j \d\e F \d\e Y"
SHORT_DATE_FORMAT = "m/d/Y"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%m/%d/%Y"]
TIME_FORMAT = "g:i A"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
FIRST_DAY_OF_WEEK = 0
