locals {
  services = concat(
    [
      "aiplatform.googleapis.com",
      "artifactregistry.googleapis.com",
      "bigquery.googleapis.com",
      "bigquerystorage.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "storage.googleapis.com",
    ],
    var.github == null ? [] : ["sts.googleapis.com"],
    var.dagster == null ? [] : [
      "cloudscheduler.googleapis.com",
      "eventarc.googleapis.com",
      "pubsub.googleapis.com",
      "workflowexecutions.googleapis.com",
      "workflows.googleapis.com",
    ],
    var.budget == null ? [] : ["billingbudgets.googleapis.com", "monitoring.googleapis.com"],
  )
}

resource "google_project_service" "used" {
  for_each = toset(local.services)
  service  = each.value
  # Others in the project may use them, too.
  disable_on_destroy = false
}
