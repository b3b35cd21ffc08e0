"""The calendar that staff look at: columns of visits, blocks and free time."""
