"""The floor where torch lives: encoders, fine-tuning, evaluation, retrieval. It knows tasks and recipes, not studies, jobs or stores."""
