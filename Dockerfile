# One image for both services, which is what `docker build .` makes; compose.yaml chooses which of them runs. The target
# `platform` adds the sandbox's simulated services, for compose.yaml's profile of that name alone.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/runtime.txt .
RUN python -m venv /opt/edge && /opt/edge/bin/pip install --no-cache-dir --require-hashes -r runtime.txt

FROM python:3.11-slim AS services
ENV PATH=/opt/edge/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin edge
COPY --from=build /opt/edge /opt/edge
WORKDIR /srv
COPY common common
COPY api_gateway api_gateway
COPY websocket_service websocket_service
COPY docs/gateway.md docs/
USER 10001
# SIGTERM starts the drain; an orchestrator's grace period must be longer than DRAIN_GRACE_SECONDS plus the longest request.
STOPSIGNAL SIGTERM

FROM services AS platform
COPY sandbox sandbox
CMD ["python", "-m", "sandbox.upstreams", "/etc/huleedu/upstreams.json"]

FROM services AS edge
# Alive, not ready: an orchestrator that replaces unhealthy containers must not do so because Redis is away.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-m", "common.web.serving.probe", "/livez"]
CMD ["python", "-m", "api_gateway"]
