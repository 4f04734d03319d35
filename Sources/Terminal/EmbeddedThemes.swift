/// The themes of the folder `themes`, compiled in: a program that was moved alone has them, too. A file of the same name goes before.
///
/// Written from that folder by `DASHBOARD_RECORD=1 scripts/test --filter ThemeTests`: change the files there.
enum EmbeddedThemes {
  /// By a file's name without its ending; the built-in theme is none of them.
  static let texts: [String: String] = [
    "catppuccin-latte": #"""
    name = "Catppuccin Latte"
    bg        = { rgb = "#eff1f5", c16 = "bright-white" }
    fg        = { rgb = "#4c4f69", c16 = "black" }
    dim       = { rgb = "#696c81", c16 = "bright-black" }
    border    = { rgb = "#acb0be", c16 = "white" }
    focus     = { rgb = "#1d62eb", c16 = "blue", mono = "bold" }
    title     = { rgb = "#4c4f69", c16 = "black", mono = "bold" }
    key       = { rgb = "#712fc6", c16 = "magenta", mono = "bold" }
    sel_fg    = { rgb = "#4c4f69", c16 = "black" }
    sel_bg    = "#ccd0da"
    ok        = { rgb = "#2e731f", c16 = "blue" }
    warn      = { rgb = "#9b3d07", c16 = "magenta", mono = "bold" }
    bad       = { rgb = "#c30e35", c16 = "red", mono = "bold" }
    live      = { rgb = "#127379", c16 = "bright-blue" }
    published = { rgb = "#712fc6", c16 = "magenta", mono = "italic" }
    heat_lo   = { rgb = "#bcc0cc", c16 = "cyan" }
    heat_hi   = { rgb = "#d00f38", c16 = "red", mono = "bold" }
    series1 = { rgb = "#4c4f69", c16 = "black" }
    series2 = { rgb = "#1e66f5", c16 = "blue" }
    series3 = { rgb = "#368624", c16 = "bright-blue" }
    series4 = { rgb = "#d20f39", c16 = "red" }
    series5 = { rgb = "#8839ef", c16 = "magenta" }
    series6 = { rgb = "#148288", c16 = "bright-black" }
    series7 = { rgb = "#c94f09", c16 = "bright-red" }
    series8 = { rgb = "#ad5796", c16 = "bright-magenta" }
    """#,
    "catppuccin-mocha": #"""
    name = "Catppuccin Mocha"
    bg        = { rgb = "#1e1e2e", c16 = "black" }
    fg        = { rgb = "#cdd6f4", c16 = "white" }
    dim       = { rgb = "#9399b2", c16 = "bright-black" }
    border    = { rgb = "#585b70", c16 = "bright-black" }
    focus     = { rgb = "#89b4fa", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#b4befe", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#f9e2af", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#cdd6f4", c16 = "bright-white" }
    sel_bg    = "#45475a"
    ok        = { rgb = "#a6e3a1", c16 = "green" }
    warn      = { rgb = "#fab387", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#f38ba8", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#94e2d5", c16 = "cyan" }
    published = { rgb = "#cba6f7", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#45475a", c16 = "blue" }
    heat_hi   = { rgb = "#f9e2af", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#f5e0dc", c16 = "bright-white" }
    series2 = { rgb = "#89b4fa", c16 = "bright-blue" }
    series3 = { rgb = "#a6e3a1", c16 = "bright-green" }
    series4 = { rgb = "#f38ba8", c16 = "bright-red" }
    series5 = { rgb = "#cba6f7", c16 = "bright-magenta" }
    series6 = { rgb = "#94e2d5", c16 = "bright-cyan" }
    series7 = { rgb = "#fab387", c16 = "yellow" }
    series8 = { rgb = "#f9e2af", c16 = "green" }
    """#,
    "clear": #"""
    name = "Clear"
    colorblind_safe = true
    bg        = { rgb = "#121212", c16 = "black" }
    fg        = "#d7d7d7"
    dim       = { rgb = "#8f8f8f", c16 = "bright-black" }
    border    = { rgb = "#5f5f5f", c16 = "bright-black" }
    focus     = { rgb = "#ffffff", c16 = "bright-white", mono = "bold" }
    title     = { rgb = "#ffffff", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#ffe08a", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = "#ffffff"
    sel_bg    = "#3a3a3a"
    ok        = { rgb = "#56b4e9", c16 = "cyan" }
    warn      = { rgb = "#f0e442", c16 = "bright-yellow", mono = "bold" }
    bad       = { rgb = "#e06a00", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#bcd7ff", c16 = "bright-cyan" }
    published = { rgb = "#cc9ad0", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#123a6b", c16 = "blue" }
    heat_hi   = { rgb = "#f0e442", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#ffffff", c16 = "bright-white" }
    series2 = { rgb = "#5f5fff", c16 = "bright-blue" }
    series3 = { rgb = "#87d700", c16 = "bright-green" }
    series4 = { rgb = "#d700af", c16 = "magenta" }
    series5 = { rgb = "#ffafff", c16 = "bright-magenta" }
    series6 = { rgb = "#5f8700", c16 = "green" }
    series7 = { rgb = "#af5f5f", c16 = "red" }
    series8 = { rgb = "#00ff87", c16 = "bright-cyan" }
    """#,
    "contrast": #"""
    name = "Contrast"
    bg        = { rgb = "#000000", c16 = "black" }
    fg        = { rgb = "#ffffff", c16 = "bright-white" }
    dim       = { rgb = "#b8b8b8", c16 = "white", mono = "normal" }
    border    = { rgb = "#9e9e9e", c16 = "white", mono = "normal" }
    focus     = { rgb = "#ffff00", c16 = "bright-yellow", mono = "bold" }
    title     = { rgb = "#ffffff", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#ffff00", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = "#ffffff"
    sel_bg    = "#0000a0"
    ok        = { rgb = "#5fff5f", c16 = "bright-green" }
    warn      = { rgb = "#ffd700", c16 = "bright-yellow", mono = "bold" }
    bad       = { rgb = "#ff8787", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#5fffff", c16 = "bright-cyan" }
    published = { rgb = "#d7afff", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#3a3a3a", c16 = "blue" }
    heat_hi   = { rgb = "#ffffff", c16 = "bright-white", mono = "bold" }
    series1 = { rgb = "#ffffff", c16 = "bright-white" }
    series2 = { rgb = "#ffd700", c16 = "bright-yellow" }
    series3 = { rgb = "#5fd7ff", c16 = "bright-cyan" }
    series4 = { rgb = "#ff5f5f", c16 = "bright-red" }
    series5 = { rgb = "#af87ff", c16 = "bright-magenta" }
    series6 = { rgb = "#afff87", c16 = "bright-green" }
    series7 = { rgb = "#d78700", c16 = "yellow" }
    series8 = { rgb = "#87afaf", c16 = "cyan" }
    """#,
    "day": #"""
    name = "Day"
    bg        = { rgb = "#ffffff", c16 = "bright-white" }
    fg        = { rgb = "#262626", c16 = "black" }
    dim       = { rgb = "#626262", c16 = "bright-black" }
    border    = { rgb = "#a8a8a8", c16 = "white" }
    focus     = { rgb = "#005faf", c16 = "blue" }
    title     = { rgb = "#080808", c16 = "black", mono = "bold" }
    key       = { rgb = "#875f00", c16 = "red" }
    sel_fg    = { rgb = "#000000", c16 = "black" }
    sel_bg    = "#d7e7f7"
    ok        = { rgb = "#00703c", c16 = "blue" }
    warn      = { rgb = "#9a5b00", c16 = "magenta" }
    bad       = { rgb = "#c00020", c16 = "red" }
    live      = { rgb = "#006f6f", c16 = "bright-blue" }
    published = { rgb = "#7a28c8", c16 = "magenta", mono = "italic" }
    heat_lo   = { rgb = "#b8cfe8", c16 = "cyan" }
    heat_hi   = { rgb = "#9c1c00", c16 = "red" }
    series1 = { rgb = "#000087", c16 = "blue" }
    series2 = { rgb = "#d70000", c16 = "red" }
    series3 = { rgb = "#626262", c16 = "bright-black" }
    series4 = { rgb = "#8700ff", c16 = "bright-blue" }
    series5 = { rgb = "#5f0000", c16 = "black" }
    series6 = { rgb = "#af5faf", c16 = "magenta" }
    series7 = { rgb = "#5f5fd7", c16 = "bright-magenta" }
    series8 = { rgb = "#5f005f", c16 = "bright-red" }
    """#,
    "dracula": #"""
    name = "Dracula"
    bg        = { rgb = "#282a36", c16 = "black" }
    fg        = { rgb = "#f8f8f2", c16 = "white" }
    dim       = { rgb = "#8591b8", c16 = "bright-black" }
    border    = { rgb = "#6272a4", c16 = "bright-black" }
    focus     = { rgb = "#bd93f9", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#f8f8f2", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#f1fa8c", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#f8f8f2", c16 = "bright-white" }
    sel_bg    = "#44475a"
    ok        = { rgb = "#50fa7b", c16 = "green" }
    warn      = { rgb = "#ffb86c", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#ff7474", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#8be9fd", c16 = "cyan" }
    published = { rgb = "#ff79c6", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#44475a", c16 = "blue" }
    heat_hi   = { rgb = "#f1fa8c", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#f8f8f2", c16 = "bright-white" }
    series2 = { rgb = "#bd93f9", c16 = "bright-blue" }
    series3 = { rgb = "#50fa7b", c16 = "bright-green" }
    series4 = { rgb = "#ff5555", c16 = "bright-red" }
    series5 = { rgb = "#ff79c6", c16 = "bright-magenta" }
    series6 = { rgb = "#8be9fd", c16 = "bright-cyan" }
    series7 = { rgb = "#ffb86c", c16 = "yellow" }
    series8 = { rgb = "#f1fa8c", c16 = "green" }
    """#,
    "ember": #"""
    name = "Ember"
    bg        = { rgb = "#282420", c16 = "black" }
    fg        = "#e6d9c3"
    dim       = { rgb = "#a6967f", c16 = "bright-black" }
    border    = { rgb = "#6b5e50", c16 = "bright-black" }
    focus     = { rgb = "#ffb454", c16 = "bright-yellow", mono = "bold" }
    title     = { rgb = "#fbf1de", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#f0c674", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = "#fff8ea"
    sel_bg    = "#4a4036"
    ok        = { rgb = "#b5cf6b", c16 = "green" }
    warn      = { rgb = "#ffaf3f", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#ff7b60", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#8ec9a4", c16 = "cyan" }
    published = { rgb = "#d7a6d0", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#4f3524", c16 = "red" }
    heat_hi   = { rgb = "#ffd27a", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#ffffff", c16 = "bright-white" }
    series2 = { rgb = "#d75f00", c16 = "red" }
    series3 = { rgb = "#00ff00", c16 = "bright-green" }
    series4 = { rgb = "#5f87af", c16 = "bright-blue" }
    series5 = { rgb = "#ff00ff", c16 = "bright-magenta" }
    series6 = { rgb = "#afff87", c16 = "yellow" }
    series7 = { rgb = "#afafaf", c16 = "white" }
    series8 = { rgb = "#af875f", c16 = "bright-red" }
    """#,
    "everforest": #"""
    name = "Everforest"
    bg        = { rgb = "#2d353b", c16 = "black" }
    fg        = { rgb = "#d3c6aa", c16 = "white" }
    dim       = { rgb = "#9da9a0", c16 = "bright-black" }
    border    = { rgb = "#56635f", c16 = "bright-black" }
    focus     = { rgb = "#a7c080", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#d3c6aa", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#dbbc7f", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#d3c6aa", c16 = "bright-white" }
    sel_bg    = "#475258"
    ok        = { rgb = "#a7c080", c16 = "green" }
    warn      = { rgb = "#e69875", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#e67e80", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#83c092", c16 = "cyan" }
    published = { rgb = "#d699b6", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#475258", c16 = "blue" }
    heat_hi   = { rgb = "#dbbc7f", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#d3c6aa", c16 = "bright-white" }
    series2 = { rgb = "#7fbbb3", c16 = "bright-blue" }
    series3 = { rgb = "#a7c080", c16 = "bright-green" }
    series4 = { rgb = "#e67e80", c16 = "bright-red" }
    series5 = { rgb = "#d699b6", c16 = "bright-magenta" }
    series6 = { rgb = "#83c092", c16 = "bright-cyan" }
    series7 = { rgb = "#e69875", c16 = "yellow" }
    series8 = { rgb = "#dbbc7f", c16 = "green" }
    """#,
    "gruvbox-dark": #"""
    name = "Gruvbox Dark"
    bg        = { rgb = "#282828", c16 = "black" }
    fg        = { rgb = "#ebdbb2", c16 = "white" }
    dim       = { rgb = "#a89984", c16 = "bright-black" }
    border    = { rgb = "#665c54", c16 = "bright-black" }
    focus     = { rgb = "#fe8019", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#fbf1c7", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#fabd2f", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#fbf1c7", c16 = "bright-white" }
    sel_bg    = "#504945"
    ok        = { rgb = "#b8bb26", c16 = "green" }
    warn      = { rgb = "#fe8019", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#fb5440", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#8ec07c", c16 = "cyan" }
    published = { rgb = "#d3869b", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#504945", c16 = "blue" }
    heat_hi   = { rgb = "#fabd2f", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#fbf1c7", c16 = "bright-white" }
    series2 = { rgb = "#83a598", c16 = "bright-blue" }
    series3 = { rgb = "#b8bb26", c16 = "bright-green" }
    series4 = { rgb = "#fb4934", c16 = "bright-red" }
    series5 = { rgb = "#d3869b", c16 = "bright-magenta" }
    series6 = { rgb = "#8ec07c", c16 = "bright-cyan" }
    series7 = { rgb = "#fe8019", c16 = "yellow" }
    series8 = { rgb = "#fabd2f", c16 = "green" }
    """#,
    "gruvbox-light": #"""
    name = "Gruvbox Light"
    bg        = { rgb = "#fbf1c7", c16 = "bright-white" }
    fg        = { rgb = "#3c3836", c16 = "black" }
    dim       = { rgb = "#776b60", c16 = "bright-black" }
    border    = { rgb = "#bdae93", c16 = "white" }
    focus     = { rgb = "#076678", c16 = "blue", mono = "bold" }
    title     = { rgb = "#282828", c16 = "black", mono = "bold" }
    key       = { rgb = "#966211", c16 = "magenta", mono = "bold" }
    sel_fg    = { rgb = "#282828", c16 = "black" }
    sel_bg    = "#d5c4a1"
    ok        = { rgb = "#746f0d", c16 = "blue" }
    warn      = { rgb = "#af3a03", c16 = "magenta", mono = "bold" }
    bad       = { rgb = "#9d0006", c16 = "red", mono = "bold" }
    live      = { rgb = "#3e7453", c16 = "bright-blue" }
    published = { rgb = "#8f3f71", c16 = "magenta", mono = "italic" }
    heat_lo   = { rgb = "#d5c4a1", c16 = "cyan" }
    heat_hi   = { rgb = "#9d0006", c16 = "red", mono = "bold" }
    series1 = { rgb = "#282828", c16 = "black" }
    series2 = { rgb = "#076678", c16 = "blue" }
    series3 = { rgb = "#79740e", c16 = "bright-blue" }
    series4 = { rgb = "#9d0006", c16 = "red" }
    series5 = { rgb = "#8f3f71", c16 = "magenta" }
    series6 = { rgb = "#427b58", c16 = "bright-black" }
    series7 = { rgb = "#af3a03", c16 = "bright-red" }
    series8 = { rgb = "#a16912", c16 = "bright-magenta" }
    """#,
    "kanagawa": #"""
    name = "Kanagawa"
    bg        = { rgb = "#1f1f28", c16 = "black" }
    fg        = { rgb = "#dcd7ba", c16 = "white" }
    dim       = { rgb = "#898881", c16 = "bright-black" }
    border    = { rgb = "#54546d", c16 = "bright-black" }
    focus     = { rgb = "#7e9cd8", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#dcd7ba", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#e6c384", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#dcd7ba", c16 = "bright-white" }
    sel_bg    = "#2d4f67"
    ok        = { rgb = "#98bb6c", c16 = "green" }
    warn      = { rgb = "#ff9e3b", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#ed5050", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#7aa89f", c16 = "cyan" }
    published = { rgb = "#9c88bd", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#2d4f67", c16 = "blue" }
    heat_hi   = { rgb = "#e6c384", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#dcd7ba", c16 = "bright-white" }
    series2 = { rgb = "#7e9cd8", c16 = "bright-blue" }
    series3 = { rgb = "#98bb6c", c16 = "bright-green" }
    series4 = { rgb = "#e46876", c16 = "bright-red" }
    series5 = { rgb = "#957fb8", c16 = "bright-magenta" }
    series6 = { rgb = "#7aa89f", c16 = "bright-cyan" }
    series7 = { rgb = "#ffa066", c16 = "yellow" }
    series8 = { rgb = "#e6c384", c16 = "green" }
    """#,
    "mono": #"""
    name = "Mono"
    bg        = "default"
    fg        = "default"
    dim       = { rgb = "#949494", c16 = "bright-black", mono = "dim" }
    border    = { rgb = "#7a7a7a", c16 = "bright-black", mono = "dim" }
    focus     = { rgb = "default", mono = "bold" }
    title     = { rgb = "default", mono = "bold" }
    key       = { rgb = "default", mono = "underline" }
    sel_fg    = { rgb = "#ffffff", c16 = "bright-white" }
    sel_bg    = "#4a4a4a"
    ok        = "default"
    warn      = { rgb = "default", mono = "bold" }
    bad       = { rgb = "default", mono = "bold" }
    live      = "default"
    published = { rgb = "default", mono = "italic" }
    heat_lo   = { rgb = "#4a4a4a", c16 = "bright-black", mono = "dim" }
    heat_hi   = { rgb = "#e4e4e4", c16 = "bright-white", mono = "bold" }
    series1 = "default"
    series2 = "default"
    series3 = "default"
    series4 = "default"
    series5 = "default"
    series6 = "default"
    series7 = "default"
    series8 = "default"
    """#,
    "monokai": #"""
    name = "Monokai"
    bg        = { rgb = "#272822", c16 = "black" }
    fg        = { rgb = "#f8f8f2", c16 = "white" }
    dim       = { rgb = "#928f80", c16 = "bright-black" }
    border    = { rgb = "#75715e", c16 = "bright-black" }
    focus     = { rgb = "#66d9ef", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#f8f8f2", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#e6db74", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#f8f8f2", c16 = "bright-white" }
    sel_bg    = "#49483e"
    ok        = { rgb = "#a6e22e", c16 = "green" }
    warn      = { rgb = "#fd971f", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#fa4b8a", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#66d9ef", c16 = "cyan" }
    published = { rgb = "#ae81ff", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#49483e", c16 = "blue" }
    heat_hi   = { rgb = "#e6db74", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#f8f8f2", c16 = "bright-white" }
    series2 = { rgb = "#66d9ef", c16 = "bright-blue" }
    series3 = { rgb = "#a6e22e", c16 = "bright-green" }
    series4 = { rgb = "#f92f78", c16 = "bright-red" }
    series5 = { rgb = "#ae81ff", c16 = "bright-magenta" }
    series6 = { rgb = "#e6db74", c16 = "bright-cyan" }
    series7 = { rgb = "#fd971f", c16 = "yellow" }
    series8 = { rgb = "#a1efe4", c16 = "green" }
    """#,
    "nord": #"""
    name = "Nord"
    bg        = { rgb = "#2e3440", c16 = "black" }
    fg        = { rgb = "#d8dee9", c16 = "white" }
    dim       = { rgb = "#979da9", c16 = "bright-black" }
    border    = { rgb = "#4c566a", c16 = "bright-black" }
    focus     = { rgb = "#88c0d0", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#eceff4", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#ebcb8b", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#eceff4", c16 = "bright-white" }
    sel_bg    = "#434c5e"
    ok        = { rgb = "#a3be8c", c16 = "green" }
    warn      = { rgb = "#d89d8a", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#d79da3", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#8fbcbb", c16 = "cyan" }
    published = { rgb = "#bd9cb7", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#434c5e", c16 = "blue" }
    heat_hi   = { rgb = "#ebcb8b", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#eceff4", c16 = "bright-white" }
    series2 = { rgb = "#88c0d0", c16 = "bright-blue" }
    series3 = { rgb = "#a3be8c", c16 = "bright-green" }
    series4 = { rgb = "#cb7d85", c16 = "bright-red" }
    series5 = { rgb = "#b48ead", c16 = "bright-magenta" }
    series6 = { rgb = "#81a1c1", c16 = "bright-cyan" }
    series7 = { rgb = "#d08770", c16 = "yellow" }
    series8 = { rgb = "#ebcb8b", c16 = "green" }
    """#,
    "okabe-ito-dark": #"""
    name = "Okabe-Ito Dark"
    colorblind_safe = true
    bg        = { rgb = "#000000", c16 = "black" }
    fg        = { rgb = "#e6e6e6", c16 = "white" }
    dim       = { rgb = "#a6a6a6", c16 = "bright-black" }
    border    = { rgb = "#666666", c16 = "bright-black" }
    focus     = { rgb = "#56b4e9", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#ffffff", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#e69f00", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#ffffff", c16 = "bright-white" }
    sel_bg    = "#333333"
    ok        = { rgb = "#56b4e9", c16 = "bright-cyan" }
    warn      = { rgb = "#f0e442", c16 = "bright-yellow", mono = "bold" }
    bad       = { rgb = "#d55e00", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#009e73", c16 = "green" }
    published = { rgb = "#cc79a7", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#0072b2", c16 = "blue" }
    heat_hi   = { rgb = "#f0e442", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#ffffff", c16 = "bright-white" }
    series2 = { rgb = "#e8a001", c16 = "bright-blue" }
    series3 = { rgb = "#9ba1fb", c16 = "bright-green" }
    series4 = { rgb = "#0a9e73", c16 = "bright-red" }
    series5 = { rgb = "#aefe81", c16 = "bright-magenta" }
    series6 = { rgb = "#74649d", c16 = "bright-cyan" }
    series7 = { rgb = "#bd4d00", c16 = "yellow" }
    series8 = { rgb = "#d4a6ce", c16 = "green" }
    """#,
    "okabe-ito-light": #"""
    name = "Okabe-Ito Light"
    colorblind_safe = true
    bg        = { rgb = "#ffffff", c16 = "bright-white" }
    fg        = { rgb = "#1a1a1a", c16 = "black" }
    dim       = { rgb = "#595959", c16 = "bright-black" }
    border    = { rgb = "#a6a6a6", c16 = "white" }
    focus     = { rgb = "#0072b2", c16 = "blue", mono = "bold" }
    title     = { rgb = "#000000", c16 = "black", mono = "bold" }
    key       = { rgb = "#0072b2", c16 = "magenta", mono = "bold" }
    sel_fg    = { rgb = "#000000", c16 = "black" }
    sel_bg    = "#d9d9d9"
    ok        = { rgb = "#0072b2", c16 = "blue" }
    warn      = { rgb = "#7c4a66", c16 = "magenta", mono = "bold" }
    bad       = { rgb = "#bb5300", c16 = "red", mono = "bold" }
    live      = { rgb = "#008662", c16 = "bright-blue" }
    published = { rgb = "#9c6c00", c16 = "magenta", mono = "italic" }
    heat_lo   = { rgb = "#cce3f0", c16 = "cyan" }
    heat_hi   = { rgb = "#c25600", c16 = "red", mono = "bold" }
    series1 = { rgb = "#000000", c16 = "black" }
    series2 = { rgb = "#af7100", c16 = "blue" }
    series3 = { rgb = "#0687ba", c16 = "bright-blue" }
    series4 = { rgb = "#718458", c16 = "red" }
    series5 = { rgb = "#144e43", c16 = "magenta" }
    series6 = { rgb = "#592da9", c16 = "bright-black" }
    series7 = { rgb = "#861c00", c16 = "bright-red" }
    series8 = { rgb = "#561863", c16 = "bright-magenta" }
    """#,
    "one-dark": #"""
    name = "One Dark"
    bg        = { rgb = "#282c34", c16 = "black" }
    fg        = { rgb = "#abb2bf", c16 = "white" }
    dim       = { rgb = "#8f939c", c16 = "bright-black" }
    border    = { rgb = "#4b5263", c16 = "bright-black" }
    focus     = { rgb = "#61afef", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#d7dae0", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#e5c07b", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#d7dae0", c16 = "bright-white" }
    sel_bg    = "#3e4451"
    ok        = { rgb = "#98c379", c16 = "green" }
    warn      = { rgb = "#d19a66", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#e2757d", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#56b6c2", c16 = "cyan" }
    published = { rgb = "#c678dd", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#3e4451", c16 = "blue" }
    heat_hi   = { rgb = "#e5c07b", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#d7dae0", c16 = "bright-white" }
    series2 = { rgb = "#61afef", c16 = "bright-blue" }
    series3 = { rgb = "#98c379", c16 = "bright-green" }
    series4 = { rgb = "#e06c75", c16 = "bright-red" }
    series5 = { rgb = "#c678dd", c16 = "bright-magenta" }
    series6 = { rgb = "#56b6c2", c16 = "bright-cyan" }
    series7 = { rgb = "#d19a66", c16 = "yellow" }
    series8 = { rgb = "#e5c07b", c16 = "green" }
    """#,
    "rose-pine": #"""
    name = "Rose Pine"
    bg        = { rgb = "#191724", c16 = "black" }
    fg        = { rgb = "#e0def4", c16 = "white" }
    dim       = { rgb = "#908caa", c16 = "bright-black" }
    border    = { rgb = "#524f67", c16 = "bright-black" }
    focus     = { rgb = "#c4a7e7", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#e0def4", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#f6c177", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#e0def4", c16 = "bright-white" }
    sel_bg    = "#403d52"
    ok        = { rgb = "#9ccfd8", c16 = "green" }
    warn      = { rgb = "#f6c177", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#eb6f92", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#9ccfd8", c16 = "cyan" }
    published = { rgb = "#c4a7e7", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#403d52", c16 = "blue" }
    heat_hi   = { rgb = "#f6c177", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#e0def4", c16 = "bright-white" }
    series2 = { rgb = "#448199", c16 = "bright-blue" }
    series3 = { rgb = "#9ccfd8", c16 = "bright-green" }
    series4 = { rgb = "#eb6f92", c16 = "bright-red" }
    series5 = { rgb = "#c4a7e7", c16 = "bright-magenta" }
    series6 = { rgb = "#ebbcba", c16 = "bright-cyan" }
    series7 = { rgb = "#f6c177", c16 = "yellow" }
    series8 = { rgb = "#908caa", c16 = "green" }
    """#,
    "slate": #"""
    name = "Slate"
    colorblind_safe = true
    bg        = { rgb = "#1c1f2b", c16 = "black" }
    fg        = "#cdd3e0"
    dim       = { rgb = "#8b93a7", c16 = "bright-black" }
    border    = { rgb = "#4d566b", c16 = "bright-black" }
    focus     = { rgb = "#7fc8f8", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#f0f3fa", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#f2d388", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = "#ffffff"
    sel_bg    = "#343b4f"
    ok        = { rgb = "#8fdcab", c16 = "green" }
    warn      = { rgb = "#f5b041", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#f2606b", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#7fe0d4", c16 = "cyan" }
    published = { rgb = "#b9a3f5", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#2b4066", c16 = "blue" }
    heat_hi   = { rgb = "#f2d388", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#ffffff", c16 = "bright-white" }
    series2 = { rgb = "#ffd700", c16 = "bright-yellow" }
    series3 = { rgb = "#afafff", c16 = "bright-blue" }
    series4 = { rgb = "#ff00af", c16 = "bright-magenta" }
    series5 = { rgb = "#5fff87", c16 = "bright-green" }
    series6 = { rgb = "#ff0000", c16 = "bright-red" }
    series7 = { rgb = "#d700ff", c16 = "magenta" }
    series8 = { rgb = "#d78787", c16 = "red" }
    """#,
    "solarized-dark": #"""
    name = "Solarized Dark"
    bg        = { rgb = "#002b36", c16 = "black" }
    fg        = { rgb = "#93a1a1", c16 = "white" }
    dim       = { rgb = "#7e9097", c16 = "bright-black" }
    border    = { rgb = "#586e75", c16 = "bright-black" }
    focus     = { rgb = "#3794d6", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#fdf6e3", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#b58900", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#eee8d5", c16 = "bright-white" }
    sel_bg    = "#073642"
    ok        = { rgb = "#899c08", c16 = "green" }
    warn      = { rgb = "#d67349", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#e56563", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#2aa198", c16 = "cyan" }
    published = { rgb = "#8488cd", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#073642", c16 = "blue" }
    heat_hi   = { rgb = "#b58900", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#fdf6e3", c16 = "bright-white" }
    series2 = { rgb = "#268bd2", c16 = "bright-blue" }
    series3 = { rgb = "#859900", c16 = "bright-green" }
    series4 = { rgb = "#e25552", c16 = "bright-red" }
    series5 = { rgb = "#da5495", c16 = "bright-magenta" }
    series6 = { rgb = "#2aa198", c16 = "bright-cyan" }
    series7 = { rgb = "#d36639", c16 = "yellow" }
    series8 = { rgb = "#b58900", c16 = "green" }
    """#,
    "solarized-light": #"""
    name = "Solarized Light"
    bg        = { rgb = "#fdf6e3", c16 = "bright-white" }
    fg        = { rgb = "#586e75", c16 = "black" }
    dim       = { rgb = "#5f747b", c16 = "bright-black" }
    border    = { rgb = "#93a1a1", c16 = "white" }
    focus     = { rgb = "#2073ae", c16 = "blue", mono = "bold" }
    title     = { rgb = "#073642", c16 = "black", mono = "bold" }
    key       = { rgb = "#8d6b00", c16 = "magenta", mono = "bold" }
    sel_fg    = { rgb = "#073642", c16 = "black" }
    sel_bg    = "#eee8d5"
    ok        = { rgb = "#647300", c16 = "blue" }
    warn      = { rgb = "#c34815", c16 = "magenta", mono = "bold" }
    bad       = { rgb = "#cf2f2c", c16 = "red", mono = "bold" }
    live      = { rgb = "#1e726c", c16 = "bright-blue" }
    published = { rgb = "#6469b6", c16 = "magenta", mono = "italic" }
    heat_lo   = { rgb = "#eee8d5", c16 = "cyan" }
    heat_hi   = { rgb = "#c34815", c16 = "red", mono = "bold" }
    series1 = { rgb = "#073642", c16 = "black" }
    series2 = { rgb = "#237ebf", c16 = "blue" }
    series3 = { rgb = "#708100", c16 = "bright-blue" }
    series4 = { rgb = "#dc322f", c16 = "red" }
    series5 = { rgb = "#d33682", c16 = "magenta" }
    series6 = { rgb = "#23867e", c16 = "bright-black" }
    series7 = { rgb = "#cb4b16", c16 = "bright-red" }
    series8 = { rgb = "#6c71c4", c16 = "bright-magenta" }
    """#,
    "tokyo-night": #"""
    name = "Tokyo Night"
    bg        = { rgb = "#1a1b26", c16 = "black" }
    fg        = { rgb = "#c0caf5", c16 = "white" }
    dim       = { rgb = "#7b82a8", c16 = "bright-black" }
    border    = { rgb = "#565f89", c16 = "bright-black" }
    focus     = { rgb = "#7aa2f7", c16 = "bright-cyan", mono = "bold" }
    title     = { rgb = "#c0caf5", c16 = "bright-white", mono = "bold" }
    key       = { rgb = "#e0af68", c16 = "bright-yellow", mono = "bold" }
    sel_fg    = { rgb = "#c0caf5", c16 = "bright-white" }
    sel_bg    = "#283457"
    ok        = { rgb = "#9ece6a", c16 = "green" }
    warn      = { rgb = "#ff9e64", c16 = "yellow", mono = "bold" }
    bad       = { rgb = "#f7768e", c16 = "bright-red", mono = "bold" }
    live      = { rgb = "#7dcfff", c16 = "cyan" }
    published = { rgb = "#bb9af7", c16 = "bright-magenta", mono = "italic" }
    heat_lo   = { rgb = "#283457", c16 = "blue" }
    heat_hi   = { rgb = "#e0af68", c16 = "bright-yellow", mono = "bold" }
    series1 = { rgb = "#c0caf5", c16 = "bright-white" }
    series2 = { rgb = "#7aa2f7", c16 = "bright-blue" }
    series3 = { rgb = "#9ece6a", c16 = "bright-green" }
    series4 = { rgb = "#f7768e", c16 = "bright-red" }
    series5 = { rgb = "#bb9af7", c16 = "bright-magenta" }
    series6 = { rgb = "#73daca", c16 = "bright-cyan" }
    series7 = { rgb = "#ff9e64", c16 = "yellow" }
    series8 = { rgb = "#e0af68", c16 = "green" }
    """#,
  ]
}
