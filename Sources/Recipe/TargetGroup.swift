/// The four groups of modules that the study combines.
public enum TargetGroup: String, CaseIterable, Codable, Sendable {
  case qkv
  case oProj = "o_proj"
  case fc1
  case fc2

  public var modules: [LinearModule] {
    switch self {
    case .qkv: [.qProj, .kProj, .vProj]
    case .oProj: [.oProj]
    case .fc1: [.gateProj, .upProj]
    case .fc2: [.downProj]
    }
  }

  /// Other names that users know the group by. `gate_down_proj` is the article's name for `down_proj`.
  public var aliases: [String] {
    switch self {
    case .qkv: ["qkv_proj"]
    case .oProj: []
    case .fc1: ["gate_up_proj"]
    case .fc2: ["gate_down_proj"]
    }
  }

  /// The group's value in the hex digit of a combination: qkv 1, o_proj 2, fc1 4, fc2 8.
  public var bit: Int {
    switch self {
    case .qkv: 1
    case .oProj: 2
    case .fc1: 4
    case .fc2: 8
    }
  }

  /// The letter that stands for the group in the four cells.
  public var cell: Character {
    switch self {
    case .qkv: "Q"
    case .oProj: "O"
    case .fc1: "1"
    case .fc2: "2"
    }
  }

  public var set: Targets { Targets(modules: modules) }
}
