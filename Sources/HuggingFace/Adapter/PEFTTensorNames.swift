import Transformer

/// The names that PEFT gives to saved LoRA tensors: `base_model.model.` + the module + `.lora_A.weight`.
enum PEFTTensorNames {
  static func a(_ path: ModulePath) -> String { "base_model.model.\(path).lora_A.weight" }
  static func b(_ path: ModulePath) -> String { "base_model.model.\(path).lora_B.weight" }
}
