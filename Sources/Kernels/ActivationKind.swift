/// The activation functions of the models' feed-forward layers, by the names of their configurations.
public enum ActivationKind: String, Sendable, Codable, CaseIterable {
  /// `x / (1 + e^−x)`
  case silu
  /// `x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))`, which GPT-2's configuration calls `gelu_new`
  case geluTanh = "gelu_pytorch_tanh"
  /// `x · Φ(x)`
  case gelu

  /// The number that the inner loops know it by.
  var index: Int {
    switch self {
    case .silu: 0
    case .geluTanh: 1
    case .gelu: 2
    }
  }
}
