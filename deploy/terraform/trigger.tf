# A message asks for a run: whoever loads a source, a workflow of GitHub, or Cloud Scheduler. Pub/Sub wraps its messages,
# and Dagster takes GraphQL: the workflow between them says in GraphQL what the message asks for. No server of ours.
#   gcloud pubsub topics publish flywheel-asked --message '{"assets": ["flight_delay/data"], "partition": "2013-06"}'
locals {
  trigger = var.dagster == null ? {} : { one = var.dagster }
}

resource "google_pubsub_topic" "asked" {
  count                      = length(local.trigger)
  name                       = "flywheel-asked"
  kms_key_name               = var.kms_key
  message_retention_duration = "86400s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.used]
}

resource "google_service_account" "trigger" {
  for_each     = local.trigger
  account_id   = "flywheel-trigger"
  display_name = "Flywheel: asks Dagster for runs"
  depends_on   = [google_project_service.used]
}

resource "google_project_iam_member" "trigger" {
  for_each = var.dagster == null ? toset([]) : toset([
    "roles/eventarc.eventReceiver",
    "roles/logging.logWriter",
    "roles/workflows.invoker",
  ])
  project = var.project
  role    = each.value
  member  = google_service_account.trigger["one"].member
}

resource "google_workflows_workflow" "launch" {
  for_each            = local.trigger
  name                = "flywheel-launch"
  region              = var.region
  description         = "Launches in Dagster what a message asks for."
  service_account     = google_service_account.trigger["one"].id
  source_contents     = file("${path.module}/launch.workflow.yaml")
  crypto_key_name     = var.kms_key
  call_log_level      = "LOG_ERRORS_ONLY"
  deletion_protection = false

  user_env_vars = {
    DAGSTER_URL      = each.value.url
    DAGSTER_AUDIENCE = each.value.audience
    CODE_LOCATION    = each.value.location
  }

  depends_on = [google_project_service.used]
}

resource "google_eventarc_trigger" "asked" {
  for_each        = local.trigger
  name            = "flywheel-asked"
  location        = var.region
  service_account = google_service_account.trigger["one"].email

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.pubsub.topic.v1.messagePublished"
  }

  transport {
    pubsub {
      topic = google_pubsub_topic.asked[0].id
    }
  }

  destination {
    workflow = google_workflows_workflow.launch["one"].id
  }

  depends_on = [google_project_iam_member.trigger]
}

resource "google_cloud_scheduler_job" "tick" {
  for_each  = var.dagster == null ? {} : var.ticks
  name      = "flywheel-${each.key}"
  region    = var.region
  schedule  = each.value.schedule
  time_zone = each.value.time_zone

  pubsub_target {
    topic_name = google_pubsub_topic.asked[0].id
    data       = base64encode(jsonencode({ assets = each.value.assets }))
  }

  depends_on = [google_project_service.used]
}
