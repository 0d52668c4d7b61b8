output "environment" {
  description = "Variables of code location and runs (values `environment` of deploy/helm/flywheel). The file of FLYWHEEL_VERTEX is the output `vertex_settings`."
  value = merge(
    {
      FLYWHEEL_ENV              = "gcp"
      FLYWHEEL_GCP_PROJECT      = var.project
      FLYWHEEL_GCP_LOCATION     = var.location
      FLYWHEEL_BIGQUERY_DATASET = var.dataset
      FLYWHEEL_FILES            = "gs://${local.files_bucket}/files"
      FLYWHEEL_VERTEX           = "/etc/flywheel/vertex.yaml"
      MLFLOW_TRACKING_URI       = var.mlflow_url
    },
    var.max_bytes == null ? {} : { FLYWHEEL_BIGQUERY_MAX_BYTES = format("%d", var.max_bytes) },
  )
}

output "vertex_settings" {
  description = "The file of FLYWHEEL_VERTEX; keys to add are in resources/vertex/settings.py. There is no endpoint among what is made here: the adapter makes each model's when there is a version to serve."
  value = yamlencode(merge(
    {
      project         = var.project
      region          = var.region
      staging         = "gs://${local.staging_bucket}/flywheel"
      service_account = local.container_account
      labels          = var.labels
      training        = { image = "${local.registry}/training${var.images.training}" }
      serving         = { image = "${local.registry}/serving${var.images.serving}" }
      batch           = { image = "${local.registry}/serving${var.images.serving}" }
    },
    var.installation == null ? {} : { installation = var.installation },
    var.kms_key == null ? {} : { kms_key = var.kms_key },
  ))
}

output "run_account" {
  description = "Service account of runs: `iam.gke.io/gcp-service-account` of the chart's serviceAccounts.run, and --account of `flywheel compile --submit`."
  value       = local.run_account
}

output "mlflow_artifacts" {
  description = "Where MLflow keeps its files (values `mlflow.artifacts` of the chart)."
  value       = "gs://${local.files_bucket}/mlflow"
}

output "datasets" {
  description = "Dataset of each model; snapshots and features are tables there."
  value       = local.datasets
}
