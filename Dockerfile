# The bot in a container: `docker build -t dozvon .`, then
# `docker run --env-file .env -v dozvon:/data -p 8081:8081 dozvon`.
FROM python:3.11-slim-bookworm AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/dozvon
WORKDIR /src
COPY requirements.txt ./
RUN /opt/dozvon/bin/python -m pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY bot ./bot
RUN /opt/dozvon/bin/python -m pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 dozvon \
    && useradd --uid 10001 --gid dozvon --no-create-home --home-dir /data --shell /usr/sbin/nologin dozvon \
    && install --directory --owner=dozvon --group=dozvon /data
COPY --from=builder /opt/dozvon /opt/dozvon
ENV PATH=/opt/dozvon/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite+aiosqlite:////data/dozvon.db HTTP_PORT=8081
USER dozvon
WORKDIR /data
VOLUME /data
EXPOSE 8081
# The bot answers SIGTERM by finishing what it holds; give it time: `docker stop --time 30`.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['HTTP_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["dozvon"]
CMD ["run"]
