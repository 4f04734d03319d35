import Recipe

/// The house's one small generator, under the name that data, statistics and tasks know it by.
public typealias SplitMix64 = Recipe.SplitMix64
