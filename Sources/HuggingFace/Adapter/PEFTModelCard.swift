import Recipe
import Text
import Transformer

/// The `README.md` of an adapter folder: what was trained, in the form of a Hugging Face model card.
enum PEFTModelCard {
  static func text(adapter: LoRAAdapter, baseModelName: String) -> String {
    let specification = adapter.specification
    let configuration = adapter.configuration
    var places = [part(specification, configuration, isVision: false, place: "")].compactMap(\.self)
    if let tower = configuration.vision?.tower {
      places += [part(specification, tower, isVision: true, place: " of the vision tower")].compactMap(\.self)
    }
    let sees = configuration.vision != nil
    let model = sees ? "AutoModelForImageTextToText" : "AutoModelForCausalLM"
    let label = Targets(paths: specification.targets, in: configuration).label
    let ranks = Set(adapter.modules.map(\.rank)).sorted().map(String.init).joined(separator: ", ")
    // A quoted YAML string is a JSON string.
    let name = JSONWriter.text(.string(OneLine.text(baseModelName)), indent: nil)
    let plain = OneLine.text(baseModelName).split(whereSeparator: \.isWhitespace).joined(separator: "-")
    let isPlain = plain.allSatisfy { $0.isLetter || $0.isNumber || "/._-".contains($0) }
    let tag =
      isPlain ? "base_model:adapter:\(plain)" : JSONWriter.text(.string("base_model:adapter:\(plain)"), indent: nil)
    return """
      ---
      base_model: \(name)
      library_name: peft
      pipeline_tag: \(sees ? "image-text-to-text" : "text-generation")
      tags:
      - lora
      - \(tag)
      ---

      # LoRA adapter

      | | |
      | --- | --- |
      | Base model | \(OneLine.text(baseModelName).replacing("|", with: "\\|")) |
      | Targets | `\(label)`: \(places.joined(separator: "; ")) |
      | Method | \(specification.useDoRA ? "DoRA" : "LoRA") |
      | Rank | \(ranks) |
      | Alpha | \(specification.alpha)\(specification.useRSLoRA ? ", scaled by α/√r (rsLoRA)" : "") |
      | Dropout | \(specification.dropout) |
      | Trainable parameters | \(adapter.parameterCount) |

      ```python
      from peft import PeftModel
      from transformers import \(model)

      model = PeftModel.from_pretrained(\(model).from_pretrained(base_model), this_folder)
      ```

      """
  }

  /// Modules and layers of decoder or tower; nil where nothing there is a target.
  private static func part(
    _ specification: LoRASpecification, _ configuration: ModelConfiguration, isVision: Bool, place: String
  ) -> String? {
    let targets = specification.targets.filter { $0.isVision == isVision }
    if targets.isEmpty { return nil }
    let modules = configuration.modules.filter { module in targets.contains { $0.module == module } }
    let names = modules.map(configuration.names.name(of:)).joined(separator: ", ")
    return "\(names), in \(Set(targets.map(\.layer)).count) of \(configuration.layers) layers\(place)"
  }
}
