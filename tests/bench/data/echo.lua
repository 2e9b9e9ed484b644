-- wrk: the same request as report.lua, to the front without storage
function init(args)
	wrk.method = "POST"
	wrk.headers["Authorization"] = "Bearer " .. args[1]
	wrk.headers["Content-Type"] = "application/json"
	wrk.body = '{"summary":"示例进度","author":"示例填报人"}'
end
