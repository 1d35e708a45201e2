"""What the tests of every layer share: a small repository, its lift, and a tiny real model."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may need the network; read when the library is first imported
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
from hypothesis import HealthCheck, settings

from forklift import models
from forklift.build import build
from forklift.build.facts import collect_facts
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import open_index
from forklift.models import CHAT_TEMPLATE
from forklift.workspace import create_lift
from shop import FILES, commit_all, write_files

# a busy machine is no failure of what is tested
settings.register_profile("forklift", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("forklift")


@pytest.fixture(scope="session", autouse=True)
def everything_in_fp32():
    """Where bf16 is faster models would use it, and answers hang on the last bit of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "gemm_gflops", lambda dtype: 1.0)
        models.prefers_bf16.cache_clear()
        yield


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """Root of a small repository in git."""
    root = write_files(tmp_path_factory.mktemp("repositories") / "shop", FILES)
    commit_all(root)
    return root


@pytest.fixture(scope="session")
def shop_lift(tmp_path_factory, shop):
    """A lift of the shop, built with few wordings. Nobody may write to it."""
    lift = create_lift(tmp_path_factory.mktemp("lifts") / "shop")
    build(shop, lift, BuildConfig(wordings_per_fact=6), silent)
    return lift


@pytest.fixture(scope="session")
def shop_index(shop_lift):
    with open_index(shop_lift.index) as index:
        yield index


@pytest.fixture(scope="session")
def shop_view(shop_index):
    return collect_facts(shop_index)[0]


@pytest.fixture(scope="session")
def shop_facts(shop_index):
    return collect_facts(shop_index)[1]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """Directory of a real causal language model, tiny and random, with a tokenizer of its own."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|im_start|>", "<|im_end|>"]
    text = [*FILES.values(), "user system assistant", "".join(map(chr, range(10, 127)))]
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
