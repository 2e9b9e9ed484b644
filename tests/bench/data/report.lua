-- wrk: files one report each on ob_FIRST, ob_FIRST+1, … (arguments after --: token, first key, how many). All are
-- written before the clock runs: on two processors what the load costs would be missing where it is measured.
local requests, next = {}, 0
function init(args)
	wrk.method = "POST"
	wrk.headers["Authorization"] = "Bearer " .. args[1]
	wrk.headers["Content-Type"] = "application/json"
	wrk.body = '{"summary":"示例进度","author":"示例填报人"}'
	local first, total = tonumber(args[2]), tonumber(args[3])
	for i = 1, total do
		requests[i] = wrk.format(nil, "/v1/obligations/ob_" .. (first + i - 1) .. "/submissions")
	end
end
function request()
	next = next % #requests + 1
	return requests[next]
end
