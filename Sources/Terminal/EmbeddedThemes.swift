/// The themes of the folder `themes`, which the link `Themes` compiles in: a program that was moved alone has them, too. A file of the same name
/// goes before.
enum EmbeddedThemes {
  /// The text of each by its file's name without its ending; the built-in theme is none of them. A test finds what is missing here.
  static let texts: [String: [UInt8]] = [
    "catppuccin-latte": PackageResources.catppuccin_latte_toml,
    "catppuccin-mocha": PackageResources.catppuccin_mocha_toml,
    "clear": PackageResources.clear_toml,
    "contrast": PackageResources.contrast_toml,
    "day": PackageResources.day_toml,
    "dracula": PackageResources.dracula_toml,
    "ember": PackageResources.ember_toml,
    "everforest": PackageResources.everforest_toml,
    "gruvbox-dark": PackageResources.gruvbox_dark_toml,
    "gruvbox-light": PackageResources.gruvbox_light_toml,
    "kanagawa": PackageResources.kanagawa_toml,
    "mono": PackageResources.mono_toml,
    "monokai": PackageResources.monokai_toml,
    "nord": PackageResources.nord_toml,
    "okabe-ito-dark": PackageResources.okabe_ito_dark_toml,
    "okabe-ito-light": PackageResources.okabe_ito_light_toml,
    "one-dark": PackageResources.one_dark_toml,
    "rose-pine": PackageResources.rose_pine_toml,
    "slate": PackageResources.slate_toml,
    "solarized-dark": PackageResources.solarized_dark_toml,
    "solarized-light": PackageResources.solarized_light_toml,
    "tokyo-night": PackageResources.tokyo_night_toml,
  ]
}
