extension Theme {
  /// The built-in default, from which themes inherit what they do not set. Contrast is computed against #121212.
  public static let night = Theme(
    name: "Night", isColorblindSafe: true,
    colors: [
      .bg: ThemeColor(color: .default),
      .fg: ThemeColor(color: .rgb(RGB(0xd0d0d0)), c16: .white, mono: .normal),
      .dim: ThemeColor(color: .rgb(RGB(0x8a8a8a)), c16: .brightBlack, mono: .dim),
      .border: ThemeColor(color: .rgb(RGB(0x585858)), c16: .brightBlack, mono: .dim),
      .focus: ThemeColor(color: .rgb(RGB(0x5fd7ff)), c16: .brightCyan, mono: .bold),
      .title: ThemeColor(color: .rgb(RGB(0xeeeeee)), c16: .brightWhite, mono: .bold),
      .key: ThemeColor(color: .rgb(RGB(0xffd75f)), c16: .brightYellow, mono: .bold),
      .selFg: ThemeColor(color: .rgb(RGB(0xffffff)), c16: .brightWhite, mono: .reverse),
      .selBg: ThemeColor(color: .rgb(RGB(0x303030)), mono: .reverse),
      .ok: ThemeColor(color: .rgb(RGB(0x5fd787)), c16: .green, mono: .normal),
      .warn: ThemeColor(color: .rgb(RGB(0xffaf00)), c16: .yellow, mono: .bold),
      .bad: ThemeColor(color: .rgb(RGB(0xff5f5f)), c16: .brightRed, mono: .bold),
      .live: ThemeColor(color: .rgb(RGB(0x5fd7af)), c16: .cyan, mono: .normal),
      .published: ThemeColor(color: .rgb(RGB(0xaf87ff)), c16: .brightMagenta, mono: .italic),
      .heatLo: ThemeColor(color: .rgb(RGB(0x1c3a5f)), c16: .blue, mono: .normal),
      .heatHi: ThemeColor(color: .rgb(RGB(0xffd75f)), c16: .brightYellow, mono: .bold),
      .series1: ThemeColor(color: .rgb(RGB(0xffffff)), c16: .brightWhite),
      .series2: ThemeColor(color: .rgb(RGB(0x5f5fff)), c16: .brightBlue),
      .series3: ThemeColor(color: .rgb(RGB(0x87d700)), c16: .brightGreen),
      .series4: ThemeColor(color: .rgb(RGB(0xd700af)), c16: .magenta),
      .series5: ThemeColor(color: .rgb(RGB(0xffafff)), c16: .brightMagenta),
      .series6: ThemeColor(color: .rgb(RGB(0x5f8700)), c16: .green),
      .series7: ThemeColor(color: .rgb(RGB(0xaf5f5f)), c16: .red),
      .series8: ThemeColor(color: .rgb(RGB(0x00ff87)), c16: .brightCyan),
    ])
}
