/// What trains, answers and is timed in a run.
public enum TrainingEngine: String, CaseIterable, Codable, Sendable {
  /// This program.
  case lorascope
  /// PyTorch with PEFT, in a process beside this one: examples, batches, scores and statistics stay here.
  case peft
}

/// Where PEFT computes.
public enum PEFTDevice: String, CaseIterable, Codable, Sendable {
  /// A GPU where PyTorch sees one, else the processor.
  case auto
  case cpu, cuda
}

/// What the base's weights are packed into when PEFT reads them.
public enum PEFTPacking: String, CaseIterable, Codable, Sendable {
  /// NF4 with double quantisation, by bitsandbytes (QLoRA, 2305.14314).
  case fourBit = "4bit"
}

extension TrainingEngine: SettingType {}
extension PEFTDevice: SettingType {}
extension PEFTPacking: SettingType {}

extension RunSettings {
  /// What one engine has no word for.
  package var engineProblem: SettingProblem? {
    let alone = "left out without --engine peft, which it is of"
    switch engine {
    case .lorascope:
      if device != .auto { return SettingProblem(field: "device", value: device.rawValue, expected: alone) }
      if let loadIn { return SettingProblem(field: "load-in", value: loadIn.rawValue, expected: alone) }
      if let python { return SettingProblem(field: "python", value: python, expected: alone) }
    case .peft:
      let other = "left out with --engine peft, which has no such thing"
      if promptOnly { return SettingProblem(field: "prompt-only", value: "on", expected: other) }
      if evaluatesInBF16 {
        return SettingProblem(
          field: "eval-bf16", value: "on",
          expected: "left out with --engine peft: its --bf16 is of steps and answers both")
      }
      if loadIn != nil, device == .cpu {
        return SettingProblem(field: "load-in", value: "4bit", expected: "left out with --device cpu: it needs a GPU")
      }
    }
    return nil
  }
}
