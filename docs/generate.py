"""Write every generated file of the documentation: `make docs`."""

from docs import cli_help, codes, metrics


def main() -> None:
    """Write the pages, and the table of codes that ships with the validator."""
    codes.TABLE.write_bytes(codes.data())
    codes.PAGE.write_text(codes.page(), "utf-8")
    cli_help.PAGE.write_text(cli_help.page(), "utf-8")
    metrics.PAGE.write_text(metrics.page(), "utf-8")


if __name__ == "__main__":
    main()
