"""The gateway's ports on real tools: each module is named for its tool and translates that tool's failures."""
