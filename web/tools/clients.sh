#!/usr/bin/env bash
# Finds the real AWS clients of the conformance suite, or installs them (Debian and Ubuntu, as root), and prints where they
# are as variables, a line each. What is missing and cannot be installed is named, and is a failure. Everything else it has
# to say goes to standard error.
#
# AWS CLI and boto3 come from Debian, the AWS SDK for JavaScript and kinesalite from npm, the AWS SDK for Java from Maven
# Central. CLIENT_AWS, CLIENT_PYTHON, CLIENT_NODE and CLIENT_JAVA name others. Given "npm", only what comes from npm is
# looked after: `make bench` needs kinesalite alone.
set -euo pipefail
top="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
data="$top/server/awsjson/clients/testdata"
made="$top/bin/clients"
mkdir -p "$made"
missing=()

# Debian's own come first: other programs of the same names may stand before them in PATH.
find_aws() { for c in "${CLIENT_AWS:-}" /usr/bin/aws "$(command -v aws || true)"; do if [[ -n $c ]] && "$c" --version 2>&1 | grep -q '^aws-cli/2'; then echo "$c" && return 0; fi; done; return 1; }
find_python() { for c in "${CLIENT_PYTHON:-}" /usr/bin/python3 "$(command -v python3 || true)"; do if [[ -n $c ]] && "$c" -c 'import boto3, awscli.botocore' 2>/dev/null; then echo "$c" && return 0; fi; done; return 1; }
find_java() { for c in "${CLIENT_JAVA:-}" "${JAVA_HOME:-/none}/bin/java" "$(command -v java || true)"; do if [[ -n $c ]] && "${c}c" -version >/dev/null 2>&1; then echo "$c" && return 0; fi; done; return 1; }
find_node() { for c in "${CLIENT_NODE:-}" "$(command -v node || true)"; do if [[ -n $c ]] && "$c" --version >/dev/null 2>&1; then echo "$c" && return 0; fi; done; return 1; }

# What the lock file names; leveldown, which kinesalite would compile, is left out: it keeps its records in memory here.
fetch_npm() {
	if [[ ! -f $data/js/node_modules/.package-lock.json || $data/js/package-lock.json -nt $data/js/node_modules/.package-lock.json ]]; then
		echo "fetching the AWS SDK for JavaScript, and kinesalite" >&2
		(cd "$data/js" && npm ci --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error >&2)
		touch "$data/js/node_modules/.package-lock.json"
	fi
}
if [[ ${1:-} == npm ]]; then
	CLIENT_NODE=$(find_node) || { echo "kinesalite needs Node 20 or newer: https://nodejs.org, or name one: CLIENT_NODE=/path/to/node" >&2 && exit 1; }
	fetch_npm
	echo "CLIENT_NODE=$CLIENT_NODE"
	exit 0
fi

want=()
find_aws >/dev/null || want+=(awscli)
find_python >/dev/null || want+=(python3-boto3)
find_java >/dev/null || want+=(default-jdk-headless)
command -v mvn >/dev/null || want+=(maven)
if ((${#want[@]})) && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null && [[ -f /etc/debian_version ]]; then
	echo "missing AWS clients: installing Debian's ${want[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q --no-install-recommends "${want[@]}" >&2 ||
		{ apt-get update -q >&2 && apt-get install -y -q --no-install-recommends "${want[@]}" >&2; } || true
fi

CLIENT_AWS=$(find_aws) || missing+=("AWS CLI 2 (on Debian or Ubuntu: apt-get install awscli), or name one: CLIENT_AWS=/path/to/aws")
CLIENT_PYTHON=$(find_python) || missing+=("boto3 (on Debian or Ubuntu: apt-get install python3-boto3), or name a Python that has it and the AWS CLI: CLIENT_PYTHON=/path/to/python3")
CLIENT_NODE=$(find_node) || missing+=("Node 20 or newer: https://nodejs.org, or name one: CLIENT_NODE=/path/to/node")
CLIENT_JAVA=$(find_java) || missing+=("a Java Development Kit, 17 or newer (on Debian or Ubuntu: apt-get install default-jdk-headless), or name one: CLIENT_JAVA=/path/to/java")
command -v mvn >/dev/null || missing+=("Maven (on Debian or Ubuntu: apt-get install maven)")
if ((${#missing[@]})); then
	echo "The tests with real AWS clients need, and did not find:" >&2
	printf '  - %s\n' "${missing[@]}" >&2
	exit 1
fi

fetch_npm
if [[ ! -s $made/classpath || ! -f $(cut -d: -f1 "$made/classpath") || $data/java/pom.xml -nt $made/classpath ]]; then
	echo "fetching the AWS SDK for Java" >&2
	(cd "$data/java" && mvn -q -B -ntp -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath "-Dmdep.outputFile=$made/classpath.new" >&2)
	mv "$made/classpath.new" "$made/classpath"
fi
if [[ ! -f $made/Client.class || $data/java/Client.java -nt $made/Client.class ]]; then
	"${CLIENT_JAVA}c" -cp "$(<"$made/classpath")" -d "$made" "$data/java/Client.java" >&2
fi

# What reads the exports of a lab comes from PyPI, into an environment of its own; where that is not to be had, those checks are left out.
checkers="$made/checkers/bin/python"
if [[ ! -x ${CLIENT_CHECKERS:-$checkers} ]] || ! "${CLIENT_CHECKERS:-$checkers}" -c 'import cfnlint, hcl2' 2>/dev/null; then
	echo "fetching cfn-lint and python-hcl2" >&2
	for python in "$(command -v python3)" "$CLIENT_PYTHON"; do
		rm -rf "$made/checkers"
		"$python" -m venv "$made/checkers" >&2 2>&1 && "$checkers" -m pip install -q --disable-pip-version-check cfn-lint==1.58.0 python-hcl2==8.1.4 >&2 && break
	done || echo "cfn-lint and python-hcl2 are not to be had: exports of a lab are checked without them" >&2
fi
[[ ! -x ${CLIENT_CHECKERS:-$checkers} ]] || echo "CLIENT_CHECKERS=${CLIENT_CHECKERS:-$checkers}"

cat <<EOF
CLIENT_AWS=$CLIENT_AWS
CLIENT_PYTHON=$CLIENT_PYTHON
CLIENT_NODE=$CLIENT_NODE
CLIENT_JAVA=$CLIENT_JAVA
CLIENT_CLASSPATH=$made:$(<"$made/classpath")
EOF
