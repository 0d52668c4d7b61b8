# A budget goes by the number of a project.
data "google_project" "this" {
  count      = var.budget == null ? 0 : 1
  project_id = var.project
  depends_on = [google_project_service.used]
}

resource "google_monitoring_notification_channel" "budget" {
  for_each     = var.budget == null ? toset([]) : var.budget.emails
  display_name = "Flywheel's budget: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  depends_on   = [google_project_service.used]
}

resource "google_billing_budget" "month" {
  count           = var.budget == null ? 0 : 1
  billing_account = var.budget.billing_account
  display_name    = "Flywheel in ${var.project}"

  budget_filter {
    projects = ["projects/${data.google_project.this[0].number}"]
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(floor(var.budget.amount))
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.budget : channel.id]
  }

  depends_on = [google_project_service.used]
}
