/// The names that PEFT gives to saved LoRA tensors: `base_model.model.` + the module's name in the base + the part.
struct PEFTTensorNames {
  let a: String
  let b: String
  /// DoRA's; saved without `.weight`.
  let magnitude: String

  /// - Parameter module: such as `model.layers.3.self_attn.q_proj`.
  init(module: String) {
    a = "base_model.model.\(module).lora_A.weight"
    b = "base_model.model.\(module).lora_B.weight"
    magnitude = "base_model.model.\(module).lora_magnitude_vector"
  }
}
