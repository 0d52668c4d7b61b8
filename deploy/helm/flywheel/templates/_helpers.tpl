{{/* Labels of an object: (list $ "component"). */}}
{{- define "flywheel.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: flywheel
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/part-of: flywheel
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- with $root.Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What selects the pods of MLflow: it never changes. */}}
{{- define "flywheel.mlflowSelector" -}}
app.kubernetes.io/name: flywheel
app.kubernetes.io/component: mlflow
{{- end -}}

{{/* Labels that the adapter gives to pods and Services of endpoints. */}}
{{- define "flywheel.endpointSelector" -}}
app.kubernetes.io/managed-by: flywheel
app.kubernetes.io/component: serving
{{- end -}}

{{- define "flywheel.mlflowUri" -}}
http://flywheel-mlflow.{{ .Release.Namespace }}.svc:{{ .Values.mlflow.port }}
{{- end -}}

{{/* The settings file of trainings: what is the same for all of this release, then what the values say. */}}
{{- define "flywheel.cluster" -}}
{{- $home := dict "path" .Values.home.path "claim" .Values.home.claim -}}
{{- $volumes := prepend (.Values.cluster.volumes | default list) $home -}}
{{- $secrets := list -}}
{{- range .Values.imagePullSecrets }}{{ $secrets = append $secrets .name }}{{ end -}}
{{- $filled := dict "namespace" .Release.Namespace "service_account" .Values.serviceAccounts.training.name -}}
{{- if $secrets }}{{ $_ := set $filled "image_pull_secrets" $secrets }}{{ end -}}
{{- with .Values.cluster.serving }}
{{- $_ := set $filled "serving" (dict "service_account" $.Values.serviceAccounts.endpoint.name) }}
{{- end -}}
{{- toYaml (mergeOverwrite $filled (deepCopy .Values.cluster) (dict "volumes" $volumes)) -}}
{{- end -}}
