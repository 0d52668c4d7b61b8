variable "project" {
  type        = string
  description = "Id of the project that everything is made in; it exists, and has billing."
}

variable "region" {
  type        = string
  description = "Region of Vertex AI, images and trigger, such as europe-west4."
}

variable "location" {
  type        = string
  description = "Where data lie: a location of both BigQuery and Cloud Storage, such as EU. Tables cannot move later."
}

variable "models" {
  type        = set(string)
  description = "Names of the models, as in their specs: each has a dataset."

  validation {
    condition     = alltrue([for name in var.models : can(regex("^[a-z][a-z0-9_]{0,62}$", name))])
    error_message = "A name holds small letters, digits and underscores, and begins with a letter."
  }
}

variable "source_datasets" {
  type        = map(string)
  description = "Datasets that specs read (bq://project.dataset.table), by the project that they are in."
  default     = {}
}

variable "dataset" {
  type        = string
  description = "First word of the names of datasets (FLYWHEEL_BIGQUERY_DATASET)."
  default     = "flywheel"
}

variable "max_bytes" {
  type        = number
  description = "What one query may read unless the spec says (FLYWHEEL_BIGQUERY_MAX_BYTES); null: no limit of ours."
  default     = 100000000000
}

variable "reproduce" {
  type        = bool
  description = "Whether runs may make datasets of their own, as `flywheel reproduce` does; else they use those made here."
  default     = false
}

variable "installation" {
  type        = string
  description = "Tells endpoints and jobs from those of another installation in this project whose FLYWHEEL_HOME is the same path, as charts have it; null: there is one. Set it before the first deployment: another name is another endpoint."
  default     = null

  validation {
    condition     = var.installation == null || can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", var.installation))
    error_message = "A name holds small letters, digits and hyphens, and begins with a letter."
  }
}

variable "images" {
  type        = object({ training = string, serving = string })
  description = "Tags, or `@sha256:` digests, of the images of trainings and endpoints in the registry made here."
  default     = { training = ":1", serving = ":1" }

  validation {
    condition     = alltrue([for end in values(var.images) : can(regex("^(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})$", end))])
    error_message = "Each is `:TAG` or `@sha256:DIGEST`."
  }
}

variable "mlflow_url" {
  type        = string
  description = "Address of the server of MLflow (MLFLOW_TRACKING_URI), for the output `environment`."
}

variable "kms_key" {
  type        = string
  description = "Key of Cloud KMS that buckets, datasets, images and jobs are encrypted with; null: Google's. The services' agents must be allowed to use it."
  default     = null

  validation {
    condition     = var.kms_key == null || lower(var.location) == lower(var.region)
    error_message = "A key is of one place: let `location` be the region."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of everything that is made: bills are split by them."
  default     = { app = "flywheel" }
}

variable "gke" {
  type        = object({ project = string, namespace = string, account = string })
  description = "Kubernetes account that runs have on GKE (deploy/helm/flywheel makes `flywheel`), which becomes the account of runs; null: runs are elsewhere."
  default     = null
}

variable "github" {
  type        = object({ repository = string, branch = string, environment = string })
  description = "Repository (OWNER/NAME) whose workflows may push images from a branch, and ask for runs from an environment (deploy/ci/github); null: none."
  default     = null
}

variable "dagster" {
  type        = object({ url = string, audience = string, location = string })
  description = "Address of Dagster's web UI that Google can reach, audience of the token (the client id of Identity-Aware Proxy, or the address), and name of the code location; null: no trigger. Dagster itself checks no token: what is in front of it does."
  default     = null
}

variable "ticks" {
  type        = map(object({ schedule = string, time_zone = string, assets = list(string) }))
  description = "Assets without partitions that Cloud Scheduler asks for, by a name. Partitions of time are the matter of the specs' own schedules."
  default     = {}
}

variable "budget" {
  type        = object({ billing_account = string, amount = number, currency = string, emails = set(string) })
  description = "What a month may cost, and who hears at 50, 90 and 100 % of it, and when it is going to be more; null: no budget. It tells, and stops nothing."
  default     = null
}
