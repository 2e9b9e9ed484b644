-- wrk: files one report each on ob_FIRST, ob_FIRST+1, … (arguments after --: token, first key, step between keys, total)
local key, step
function init(args)
	wrk.method = "POST"
	wrk.headers["Authorization"] = "Bearer " .. args[1]
	wrk.headers["Content-Type"] = "application/json"
	wrk.body = '{"summary":"示例进度","author":"示例填报人"}'
	key, step = tonumber(args[2]), tonumber(args[3])
end
function request()
	local path = "/v1/obligations/ob_" .. key .. "/submissions"
	key = key + step
	return wrk.format(nil, path)
end
