# syntax=docker/dockerfile:1

# The packages are brought in where compilers and caches may lie about; none of that is in the image.
FROM python:3.13.11-slim-bookworm AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/cuepoint-venv \
    && /opt/cuepoint-venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-input \
       --require-hashes --no-deps -r /tmp/requirements.lock

FROM python:3.13.11-slim-bookworm
# A number, so that a cluster can see that this is not root.
RUN groupadd --gid 10001 cuepoint \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin cuepoint \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=packages /opt/cuepoint-venv /opt/cuepoint-venv
WORKDIR /opt/cuepoint
COPY LICENSE app.py pyproject.toml ./
COPY .streamlit/config.toml .streamlit/config.toml
COPY pages pages
COPY components components
COPY core core
# Nothing is written beside the code, so the root file system may be read-only (with a tmpfs on /tmp).
RUN /opt/cuepoint-venv/bin/python -m compileall -q app.py pages components core
ENV PATH=/opt/cuepoint-venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    CUEPOINT_DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8501
USER 10001:10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/api/health', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "core", "run"]
