/// The values of `model_type` that are known, and what transformers' configuration class assumes where `config.json` is silent.
enum ModelFamily: String, CaseIterable {
  case llama
  case mistral
  case smollm3
  case qwen2
  case qwen3
  case phi3
  case gemma2
  case gemma3 = "gemma3_text"
  case gpt2

  var isGemma: Bool { self == .gemma2 || self == .gemma3 }

  /// nil: as many as attention heads.
  var kvHeads: Int? {
    switch self {
    case .smollm3, .gemma2, .gemma3: 4
    case .mistral: 8
    case .qwen2, .qwen3: 32
    case .llama, .phi3, .gpt2: nil
    }
  }

  /// nil: hidden size / attention heads.
  var headSize: Int? {
    switch self {
    case .qwen3: 128
    case .gemma2, .gemma3: 256
    default: nil
    }
  }

  var ropeTheta: Double {
    switch self {
    case .smollm3: 2_000_000
    case .gemma3: 1_000_000
    default: 10_000
    }
  }

  var maxPositions: Int {
    switch self {
    case .llama: 2048
    case .mistral, .gemma3: 131_072
    case .smollm3, .qwen2, .qwen3: 32_768
    case .phi3: 4096
    case .gemma2: 8192
    case .gpt2: 1024
    }
  }

  var tiesEmbeddings: Bool { isGemma || self == .smollm3 || self == .gpt2 }
}
