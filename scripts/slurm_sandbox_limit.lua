-- A job_submit plug-in for scripts/slurm_sandbox, which writes a number for LIMIT. Slurm itself has limits on a user's
-- jobs only with an accounting database. This counts the user's pending and running jobs, each task of an array as one,
-- and refuses with the message and the error of an association's MaxSubmitJobs.

local limit = LIMIT

local function tasks_of(indices)
  local count = 0
  for part in indices:gsub("%%.*", ""):gmatch("[^,]+") do
    local first, last, step = part:match("^(%d+)%-?(%d*):?(%d*)")
    if first then
      count = count + math.floor(((tonumber(last) or first) - first) / (tonumber(step) or 1)) + 1
    end
  end
  return count
end

function slurm_job_submit(job, partitions, user)
  local count = job.array_inx and tasks_of(job.array_inx) or 1
  for _, other in pairs(slurm.jobs) do
    -- The lowest 8 bits are the state: 0 pending, 1 running, 2 suspended, then the finished ones.
    if other.user_id == user and other.job_state % 256 <= 2 then
      count = count + math.max(1, other.array_task_cnt or 1)
    end
  end
  -- Slurm fills slurm.jobs again only when a job has changed in a later second. So nothing more may happen in this one.
  local now = os.time()
  while os.time() == now do end
  if count <= limit then return slurm.SUCCESS end
  slurm.log_user("AssocMaxSubmitJobLimit")
  return slurm.ESLURM_ACCOUNTING_POLICY
end

function slurm_job_modify() return slurm.SUCCESS end

return slurm.SUCCESS
