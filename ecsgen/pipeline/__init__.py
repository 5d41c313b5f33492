"""The stages of a deployment, in order. Each is one function; the verbs of the command line call them.

    ecsgen.yaml -> examine_file                                                (examine)    offline
    ecsgen.yaml -> open_project -> plan_files -> write_files                   (project)    offline
    --sandbox or an account -> Target: environment, AWS, Terraform             (target)
    infra/registry -> apply_registry -> repositories                           (registry)
    build contexts -> build_images -> digests -> images.auto.tfvars.json       (build)
    infra/<env> -> plan_environment -> confirm -> apply while watching ECS     (deploy)
      -> wait until healthy -> tag what runs -> URL, or a diagnosis
    infra/<env> -> destroy_environment, destroy_registry                       (destroy)

Values flow one way, and the edges (files, images, terraform, aws, sandbox) know nothing of each other: what one
answers is handed to the next from here.
"""
