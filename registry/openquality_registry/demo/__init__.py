"""The main job on sample suppliers, told step by step (`openquality demo`).

The suppliers are fictional; their data are realistic. `samples/` holds what each of them has.
"""
