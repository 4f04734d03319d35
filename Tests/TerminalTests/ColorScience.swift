import Foundation
import Terminal

/// Measures of legibility: contrast as WCAG 2.1 defines it, and colour distance in CIELAB.
enum ColorScience {
  /// A deficiency of colour vision, at full severity.
  enum Vision: String, CaseIterable, Sendable {
    case normal, protan, deutan, tritan
  }

  /// (lighter + 0.05) / (darker + 0.05), 1…21 (WCAG 2.1, 1.4.3).
  static func contrast(_ a: RGB, _ b: RGB) -> Double {
    let first = luminance(a)
    let second = luminance(b)
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
  }

  /// CIE 1976 ΔE*ab under D65, as a viewer of that vision sees both colours.
  static func distance(_ a: RGB, _ b: RGB, vision: Vision = .normal) -> Double {
    let first = lab(simulated(a, vision))
    let second = lab(simulated(b, vision))
    let squares = (0..<3).map { (first[$0] - second[$0]) * (first[$0] - second[$0]) }
    return (squares[0] + squares[1] + squares[2]).squareRoot()
  }

  private static func linear(_ color: RGB) -> [Double] {
    [color.red, color.green, color.blue].map { channel in
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
  }

  private static func luminance(_ color: RGB) -> Double {
    let rgb = linear(color)
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]
  }

  /// Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.0;
  /// applied to linear RGB.
  private static func simulated(_ color: RGB, _ vision: Vision) -> [Double] {
    let rgb = linear(color)
    let matrix: [[Double]]
    switch vision {
    case .normal: return rgb
    case .protan:
      matrix = [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
      ]
    case .deutan:
      matrix = [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
      ]
    case .tritan:
      matrix = [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
      ]
    }
    return matrix.map { (row: [Double]) -> Double in
      let sum = row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]
      return min(max(sum, 0), 1)
    }
  }

  /// CIELAB of linear sRGB with the white of D65.
  private static func lab(_ rgb: [Double]) -> [Double] {
    let x = (0.4124564 * rgb[0] + 0.3575761 * rgb[1] + 0.1804375 * rgb[2]) / 0.95047
    let y = 0.2126729 * rgb[0] + 0.7151522 * rgb[1] + 0.0721750 * rgb[2]
    let z = (0.0193339 * rgb[0] + 0.1191920 * rgb[1] + 0.9503041 * rgb[2]) / 1.08883
    let f = [x, y, z].map { (t: Double) -> Double in
      t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116
    }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }
}
