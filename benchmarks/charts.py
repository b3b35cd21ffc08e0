"""What one chart costs: ours, or the same one from Vega-Altair. The decision is in docs/charts.md.

``python -m benchmarks.charts ours`` runs in the project's environment, with SECRET_KEY,
DATABASE_URL and REDIS_URL set to anything: nothing connects. ``python benchmarks/charts.py
altair`` runs in one that has altair and vl-convert-python.
"""

import gzip
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

TIMES = 60
LABELS = ["Very good", "Good", "Neither good nor poor", "Poor", "Very poor", "I don't know"]
TONES = ["good", "good", "middle", "poor", "poor", "unknown"]
Draw = Callable[[list[int]], str]


def ours() -> Draw:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from feedback.charts import answers_chart
    from feedback.rules import Score

    return lambda counts: answers_chart(Score(dict(enumerate(counts, start=1)))).svg


def altair() -> Draw:
    import altair as alt  # type: ignore[import-not-found]  # not a package of ours
    import vl_convert  # type: ignore[import-not-found]

    def draw(counts: list[int]) -> str:
        rows = zip(LABELS, counts, TONES, strict=True)
        data = alt.Data(values=[{"answer": a, "patients": n, "tone": t} for a, n, t in rows])
        colors = alt.Scale(
            domain=["good", "middle", "poor", "unknown"],
            range=["#0d5750", "#2f7fc1", "#704300", "#8a8478"],
        )
        bars = (
            alt.Chart(data)
            .mark_bar(cornerRadius=6, height=12)
            .encode(
                x=alt.X("patients:Q", axis=None),
                y=alt.Y("answer:N", sort=None, title=None),
                color=alt.Color("tone:N", legend=None, scale=colors),
            )
        )
        numbers = bars.mark_text(align="left", dx=4).encode(text="patients:Q")
        chart = (bars + numbers).properties(width=420, title="80% said their visit was good")
        return str(vl_convert.vegalite_to_svg(chart.to_dict()))

    return draw


def megabytes() -> float:
    """Resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def timed(draw: Draw) -> tuple[str, float]:
    """A chart of six random counts, and the milliseconds that it took."""
    counts = [random.randint(0, 90) for _ in range(6)]
    began = time.perf_counter()
    svg = draw(counts)
    return svg, (time.perf_counter() - began) * 1000


def main() -> None:
    began, before = time.perf_counter(), megabytes()
    draw = {"ours": ours, "altair": altair}[sys.argv[1]]()
    ready, loaded = (time.perf_counter() - began) * 1000, megabytes()
    svg, first = timed(draw)
    rest = sorted(timed(draw)[1] for _ in range(TIMES))
    lines = [
        f"loading   {ready:7.1f} ms   {before:.0f} MB, then {loaded:.0f} MB",
        f"first     {first:7.1f} ms",
        f"then      {rest[TIMES // 2]:7.1f} ms (median), {rest[TIMES * 95 // 100]:.1f} ms (p95)",
        f"memory    {megabytes():7.0f} MB after {TIMES + 1} charts",
        f"size      {len(svg):7} bytes, {len(gzip.compress(svg.encode()))} compressed",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
