"""SentencePiece models, alone or in the folder of a model whose class may do more than its library."""

from padcli.errors import TokenizerFileError
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external.hub import check_class, class_of
from padcli.tokenizers.external.tokenizer_file import TokenizerFile

# Classes of models that were made with the library, and use its ids. Others shift them (XLM-RoBERTa, MBart, Pegasus),
# prepare the text (Albert, XLNet), or have a second vocabulary (Marian, M2M100).
_CLASSES = dict.fromkeys(("LlamaTokenizer", "GemmaTokenizer", "T5Tokenizer", "MT5Tokenizer"))


def open_model(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a `.model`; raises `TokenizerFileError`."""
    from padcli.tokenizers.external import sentencepiece

    check_class(class_of(file.config), _CLASSES, file.name)
    try:
        return sentencepiece.open_model(file.raw)
    except ValueError as error:
        raise TokenizerFileError(
            "is not a SentencePiece model, or is damaged."
            if file.name.endswith(".model")
            else "is a binary file of an unknown kind."
        ) from error
