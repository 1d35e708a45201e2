"""A small repository with markup in it, its real index, and a lift."""

import pytest

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from forklift.models import CHAT_TEMPLATE
from forklift.workspace import create_lift

TRUCK = '''"""Moves pallets."""

MAX_LOAD_KG = 1200


class Truck:
    """A truck that lifts <b>pallets</b> & crates."""

    def lift_pallet(self, pallet):
        """Lifts one pallet. <script>alert(1)</script>"""
        check_weight(pallet)
        return pallet


def check_weight(pallet):
    """Raises ValueError when the pallet is too heavy."""
    if pallet.weight > MAX_LOAD_KG:
        raise ValueError("too heavy")


LEVELS = [
''' + "".join(f"    {n},\n" for n in range(60))


@pytest.fixture(scope="session")
def index_file(tmp_path_factory):
    repository = tmp_path_factory.mktemp("repository") / "depot"
    (repository / "warehouse").mkdir(parents=True)
    (repository / "warehouse" / "truck.py").write_text(f"{TRUCK}]\n", encoding="utf-8")
    (repository / "warehouse" / "__init__.py").write_text("from warehouse.truck import Truck\n", encoding="utf-8")
    database = tmp_path_factory.mktemp("index") / "index.sqlite"
    build_index(repository, database, BuildConfig(), silent)
    return database


@pytest.fixture(scope="session")
def index(index_file):
    with open_index(index_file) as index:
        yield index


@pytest.fixture(scope="module")
def lift(tmp_path_factory):
    return create_lift(tmp_path_factory.mktemp("deploy") / "lift")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """Directory of a real causal language model, tiny and random, with a tokenizer of its own."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|im_start|>", "<|im_end|>"]
    text = [TRUCK, "user system assistant", "".join(map(chr, range(10, 127)))]
    tokenizer.train_from_iterator(text, trainers.BpeTrainer(vocab_size=300, special_tokens=special))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=special[1], pad_token=special[1])
    fast.chat_template = CHAT_TEMPLATE
    set_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(
        vocab_size=len(fast), max_position_embeddings=256, bos_token_id=0, eos_token_id=1, pad_token_id=1, **shape
    )
    directory = tmp_path_factory.mktemp("models") / "tiny"
    LlamaForCausalLM(config).save_pretrained(directory)
    fast.save_pretrained(directory)
    return directory
