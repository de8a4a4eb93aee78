"""`python -m denorm_assets`: the same as `denorm-assets`."""

from denorm_assets.cli import main

main()
