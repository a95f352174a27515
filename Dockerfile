# One image, every process: the command decides which one it is.

FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/financemaster
ENV PATH=/opt/financemaster/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# Libraries first: this layer changes only with the lock file.
COPY requirements-production.lock ./
RUN pip install --no-deps --require-hashes --requirement requirements-production.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY core core
COPY intents intents
COPY prompts prompts
COPY tools tools
COPY workers workers
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --uid 10001 --user-group --home-dir /srv/financemaster --create-home financemaster \
    && mkdir /srv/financemaster/var && chown financemaster:financemaster /srv/financemaster/var
COPY --from=build /opt/financemaster /opt/financemaster
ENV PATH=/opt/financemaster/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The cache of matplotlib's fonts goes where the image may be written.
ENV MPLCONFIGDIR=/srv/financemaster/var/matplotlib
WORKDIR /srv/financemaster
USER 10001:10001
EXPOSE 8000
ENV FM_WEB__HOST=0.0.0.0
CMD ["financemaster", "serve"]
