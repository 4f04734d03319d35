import Transformer

/// The `README.md` of an adapter folder: what was trained, in the form of a Hugging Face model card.
enum PEFTModelCard {
  static func text(adapter: LoRAAdapter, baseModelName: String) -> String {
    let specification = adapter.specification
    let configuration = adapter.configuration
    let modules = configuration.modules.filter { module in specification.targets.contains { $0.module == module } }
    let names = modules.map(configuration.names.name(of:)).joined(separator: ", ")
    let layers = Set(specification.targets.map(\.layer)).count
    let label = Targets(paths: specification.targets, in: configuration).label
    let ranks = Set(adapter.modules.map(\.rank)).sorted().map(String.init).joined(separator: ", ")
    // A quoted YAML string is a JSON string.
    let name = JSONWriter.text(.string(baseModelName), indent: nil)
    return """
      ---
      base_model: \(name)
      library_name: peft
      pipeline_tag: text-generation
      tags:
      - lora
      - base_model:adapter:\(baseModelName.split(whereSeparator: \.isWhitespace).joined(separator: "-"))
      ---

      # LoRA adapter

      | | |
      | --- | --- |
      | Base model | \(baseModelName.replacing("|", with: "\\|").split(whereSeparator: \.isNewline).joined(separator: " ")) |
      | Targets | `\(label)`: \(names), in \(layers) of \(configuration.layers) layers |
      | Method | \(specification.useDoRA ? "DoRA" : "LoRA") |
      | Rank | \(ranks) |
      | Alpha | \(specification.alpha)\(specification.useRSLoRA ? ", scaled by α/√r (rsLoRA)" : "") |
      | Dropout | \(specification.dropout) |
      | Trainable parameters | \(adapter.parameterCount) |

      ```python
      from peft import PeftModel
      from transformers import AutoModelForCausalLM

      model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base_model), this_folder)
      ```

      """
  }
}
