#!/usr/bin/env bash
# Writes gguf/adapters/ with llama.cpp's own converter: the adapters of families/ as llama.cpp takes them with --lora.
#
#   pip install torch transformers gguf safetensors
#   Tests/Fixtures/make_gguf_adapters.sh LLAMA_CPP     # its source folder
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
converter=${1:?the source folder of llama.cpp}/convert_lora_to_gguf.py
mkdir -p "$here/gguf/adapters"
convert() {  # family, type, file
  python "$converter" --base "$here/families/$1" --outtype "$2" --outfile "$here/gguf/adapters/$3.gguf" "$here/families/$1/adapter"
}
for family in llama3 mistral qwen2 qwen3 gemma3 lfm2; do convert "$family" f32 "$family"; done
convert llama3 bf16 llama3-bf16
convert llama3 f16 llama3-f16
