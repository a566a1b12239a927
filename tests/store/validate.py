"""Checks a JSON file against a JSON Schema: validate.py SCHEMA FILE. Exit code 0 valid, 1 not valid, 2 couldn't check."""

import json
import sys


def no_constants(name):
    raise ValueError(f"{name} is not JSON")


def main(schema_file, file):
    try:
        import jsonschema
    except ImportError:
        print("this check needs Python's jsonschema: apt-get install python3-jsonschema", file=sys.stderr)
        return 2
    with open(schema_file, encoding="utf-8") as stream:
        schema = json.load(stream)
    with open(file, encoding="utf-8") as stream:
        document = json.load(stream, parse_constant=no_constants)
    jsonschema.Draft202012Validator.check_schema(schema)
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(document))
    for error in errors:
        print(f"{error.json_path}: {error.message[:200]}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
