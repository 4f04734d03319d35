import Recipe

public typealias TargetSet = Targets
public typealias TargetGroupName = TargetGroup
