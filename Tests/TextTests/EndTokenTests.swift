import Foundation
import TestFiles
import Testing
import Text

/// Every token that a folder's files name as an end, in the forms in which they do.
@Suite struct EndTokenTests {
  static let tokenizer = """
    {"version": "1.0", "added_tokens": [\(["</s>", "<|end|>", "<|eot_id|>", "<end_of_turn>", "<s>"].enumerated().map {
      #"{"id": \#($0.offset + 2), "content": "\#($0.element)", "special": true, "normalized": false, "single_word": false, "lstrip": false, "rstrip": false}"#
    }.joined(separator: ", "))], "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
    "model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 1, "</s>": 2, "<|end|>": 3, "<|eot_id|>": 4, "<end_of_turn>": 5, "<s>": 6}}}
    """

  @Test(
    arguments: [
      // Lists beside a token of the tokenizer's, in either file.
      (
        [
          "generation_config.json": #"{"eos_token_id": [4, 3]}"#,
          "tokenizer_config.json": #"{"eos_token": "<|eot_id|>"}"#,
        ], 4, [3, 4]
      ),
      (
        ["generation_config.json": #"{"eos_token_id": [2, 3, 4]}"#, "config.json": #"{"eos_token_id": 2}"#], 2,
        [2, 3, 4]
      ),
      (["config.json": #"{"eos_token_id": [2, 5]}"#, "tokenizer_config.json": #"{"eos_token": "</s>"}"#], 2, [2, 5]),
      // What one file names does not take another's place.
      (["config.json": #"{"eos_token_id": 2}"#, "generation_config.json": #"{"eos_token_id": 5}"#], 5, [2, 5]),
      (
        ["config.json": #"{"eos_token_id": 2}"#, "tokenizer_config.json": #"{"eos_token": {"content": "<|end|>"}}"#], 3,
        [2, 3]
      ),
      (
        ["special_tokens_map.json": #"{"eos_token": {"content": "<|end|>"}}"#, "config.json": #"{"eos_token_id": 2}"#],
        3, [2, 3]
      ),
      // Of the text model of a seeing one, by token, floats as some writers have them, strings in a list, and a turn's end by name.
      (["config.json": #"{"model_type": "gemma3", "text_config": {"eos_token_id": [2, 5]}}"#], 2, [2, 5]),
      (["generation_config.json": #"{"eos_token_id": 3.0}"#], 3, [3]),
      (["tokenizer_config.json": #"{"eos_token": ["</s>", "<|end|>"]}"#], 2, [2, 3]),
      (["tokenizer_config.json": #"{"eos_token": "</s>", "eot_token": "<end_of_turn>"}"#], 2, [2, 5]),
      (
        ["tokenizer_config.json": #"{"eos_token": "</s>", "extra_special_tokens": {"eot_token": "<|eot_id|>"}}"#], 2,
        [2, 4]
      ),
      // An id that the vocabulary does not have is no end; a token that it does not have is added.
      (["generation_config.json": #"{"eos_token_id": [128001, -1, 3, null]}"#], 3, [3]),
      (
        ["generation_config.json": #"{"eos_token_id": [3]}"#, "tokenizer_config.json": #"{"eos_token": "<none>"}"#], 7,
        [3, 7]
      ),
      // Of two that contradict each other the map's is the tokenizer's, unless the configuration lists the added tokens.
      (
        ["special_tokens_map.json": #"{"eos_token": "<|end|>"}"#, "tokenizer_config.json": #"{"eos_token": "</s>"}"#],
        3, [2, 3]
      ),
      (
        [
          "special_tokens_map.json": #"{"eos_token": "<|end|>"}"#,
          "tokenizer_config.json": #"{"eos_token": "</s>", "added_tokens_decoder": {}}"#,
        ], 2, [2, 3]
      ),
      (["config.json": #"{"eos_token_id": null}"#], nil, []),
      // The usual name where no file says anything.
      ([:], 2, [2]), (["config.json": #"{"hidden_size": 8}"#], 2, [2]),
    ] as [([String: String], Int32?, Set<Int32>)])
  func allOfThemAreKnown(_ files: [String: String], _ end: Int32?, _ all: Set<Int32>) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Self.tokenizer, "tokenizer.json")
    for (name, text) in files { _ = try folder.write(text, name) }
    let tokenizer = try Tokenizer(folder: folder.url)
    #expect(tokenizer.endTokens == all)
    #expect(tokenizer.eosToken == end)
  }

  @Test(arguments: [(#"{"add_bos_token": true}"#, true), (#"{"add_bos_token": false}"#, false), ("{}", nil)])
  func whatIsAskedForIsKnown(_ text: String, _ expected: Bool?) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Self.tokenizer, "tokenizer.json")
    _ = try folder.write(text, "tokenizer_config.json")
    #expect(try Tokenizer(folder: folder.url).asksForStart == expected)
  }
}
