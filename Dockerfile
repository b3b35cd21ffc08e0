# One image for web, worker, beat and migrate; docker-compose.yml gives each its command.

FROM python:3.11-slim AS packages
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --disable-pip-version-check --no-cache-dir \
    --require-hashes --no-deps --only-binary :all: --requirement requirements.txt

FROM python:3.11-slim
# Files belong to root, so that the account that runs them cannot change them.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin visitwell
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=config.settings
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Settings want addresses; collecting files and compiling connect to none of them.
RUN ENVIRONMENT=demo SECRET_KEY=unused DATABASE_URL=postgres://none/none REDIS_URL=redis://none \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q .
USER visitwell
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
    "--workers-kill-timeout", "5", "--workers", "2", "--blocking-threads", "8", \
    "config.wsgi:application"]
