/// The tools for which a recommendation is written as a configuration.
public enum ConfigurationTool: String, CaseIterable, Hashable, Sendable {
  case peft
  case llamaFactory = "llama-factory"
  case axolotl
  case mlx

  /// As the tool calls itself.
  public var displayName: String {
    switch self {
    case .peft: "PEFT"
    case .llamaFactory: "LLaMA-Factory"
    case .axolotl: "Axolotl"
    case .mlx: "MLX"
    }
  }

  /// What the file is usually called.
  public var fileName: String {
    switch self {
    case .peft: "adapter_config.json"
    case .llamaFactory: "llama-factory.yaml"
    case .axolotl: "axolotl.yaml"
    case .mlx: "mlx.yaml"
    }
  }
}
