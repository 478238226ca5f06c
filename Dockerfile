# A container with the whole project:
#   docker build --tag interference .                                      PyTorch's build for CPUs
#   docker build --tag interference --build-arg TORCH=default .            its build for GPUs
#   docker run --rm --volume "$PWD/results:/interference/.studies" interference make demo
FROM python:3.11-slim-bookworm

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes chromium git make \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /interference
ARG TORCH=cpu
ENV PIP_NO_CACHE_DIR=1

# The packages first: they stay in the layer until pyproject.toml changes.
COPY Makefile pyproject.toml setup.py README.md LICENSE requirements-locked.txt ./
COPY tools/install.py tools/install.py
COPY src/interference/__init__.py src/interference/version.py src/interference/
COPY stages/__init__.py stages/__init__.py
RUN make setup TORCH=${TORCH}
COPY . .

ENV PATH=/interference/.venv/bin:$PATH
CMD ["interference", "--help"]
