// Whether an erasure or a retention began after a load, ended or not.
// $after INTEGER: number of the load
RETURN EXISTS { (load:Load) WHERE load.number > $after AND load.kind IN ['erasure', 'retention'] } AS deleted
