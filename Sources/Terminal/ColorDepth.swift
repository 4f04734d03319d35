/// How many colours a terminal can show; each level is drawn with what it has, and meaning never rests on colour alone.
public enum ColorDepth: String, CaseIterable, Sendable, Comparable {
  case mono = "mono"
  case palette16 = "16"
  case palette256 = "256"
  case truecolor = "truecolor"

  public static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.order < right.order }

  private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
